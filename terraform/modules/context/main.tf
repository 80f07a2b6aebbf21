data "aws_caller_identity" "current" {}

data "aws_partition" "current" {
  lifecycle {
    postcondition {
      condition     = contains(["aws", "aws-cn", "aws-us-gov"], self.partition)
      error_message = "This region belongs to the partition ${self.partition}. Only regions of aws, aws-us-gov and aws-cn are supported: names of services and ARNs in other partitions were not checked."
    }
  }
}

# Its id is the name of the region in versions 5 and 6 of the provider; version 6 deprecates name.
data "aws_region" "current" {}
