locals {
  # Where the functions invalidate the thumbnails that they delete: one distribution, or none.
  invalidations = [for invalidation in try([var.delivery.invalidation], []) : invalidation if invalidation != null]

  delivery_environment = merge({}, [
    for invalidation in local.invalidations : { DELIVERY_DISTRIBUTION_ID = invalidation.distribution_id }
  ]...)
}
