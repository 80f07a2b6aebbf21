"""What changes a deployment on AWS: plan, apply, rollback, destroy."""
