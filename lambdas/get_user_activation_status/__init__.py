"""First task of the activation state machine: what is this user's activation status?"""
