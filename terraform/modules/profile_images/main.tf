# Read in this order: bucket.tf, set_profile_image.tf, table.tf, create_thumbnail.tf, tinypng.tf,
# remove_profile_images.tf, delivery.tf.
