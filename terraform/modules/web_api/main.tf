# Read in this order: api.tf, function.tf, state_table.tf, session_key.tf, domain.tf.
