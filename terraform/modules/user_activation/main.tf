# Read in this order: tables.tf, trigger.tf, state_machine.tf, functions.tf, ses.tf.
