variable "context" {
  description = "Settings that all modules share. Pass module.context."
  type = object({
    prefix               = string
    partition            = string
    dns_suffix           = string
    region               = string
    account_id           = string
    logs                 = object({ level = string, retention_days = number })
    tracing              = bool
    encryption           = object({ kms_key_arn = string })
    former_kms_key_arns  = list(string)
    permissions_boundary = string
  })
  nullable = false
}

variable "bucket" {
  description = "The bucket of pictures. With a KMS key, its policy must let CloudFront decrypt: docs/encryption.md."
  type = object({
    # ARN of the bucket.
    arn = string
    # Regional host name of the bucket.
    regional_domain_name = string
  })
  nullable = false

  validation {
    condition     = startswith(var.bucket.arn, "arn:aws:s3:::")
    error_message = "bucket.arn must be the ARN of a bucket in the partition aws. In China, CloudFront is a service of its own, and GovCloud has none."
  }
}

variable "thumbnail_prefixes" {
  description = "Prefixes of the thumbnails: nothing else in the bucket is served."
  type        = list(string)
  default     = ["thumbnails/"]
  nullable    = false

  validation {
    condition     = length(var.thumbnail_prefixes) > 0 && alltrue([for prefix in var.thumbnail_prefixes : can(regex("^thumbnails(-[1-9][0-9]*)?/$", prefix))])
    error_message = "thumbnail_prefixes must be \"thumbnails/\" and \"thumbnails-<size>/\", such as \"thumbnails-300/\"."
  }

  validation {
    condition     = length(distinct(var.thumbnail_prefixes)) == length(var.thumbnail_prefixes)
    error_message = "thumbnail_prefixes must not have a prefix twice."
  }
}

variable "settings" {
  description = "Domain, price class and times of caches."
  type = object({
    # Your own host name, the ARN of its certificate in ACM (in us-east-1, whatever the region is), and the Route 53
    # hosted zone for its records. Without a zone, create a CNAME to the output domain_target. null: CloudFront's name.
    domain = optional(object({ name = string, certificate_arn = string, hosted_zone_id = optional(string) }))
    # Where pictures are served from: "PriceClass_100" (North America, Europe, Israel), "PriceClass_200" or
    # "PriceClass_All". Elsewhere they take longer.
    price_class = optional(string, "PriceClass_100")
    # Seconds that a browser may show a picture without asking. A removed one stays there as long: nothing can reach it.
    browser_seconds = optional(number, 300)
    # Seconds that CloudFront keeps a picture without asking S3. A removed one stays as long if it is not invalidated.
    edge_seconds = optional(number, 3600)
    # Whether removed pictures are invalidated at once. Paths above 1,000 a month cost (docs/cost-and-limits.md). false:
    # they go after edge_seconds; `make forget` invalidates anyway.
    invalidate_removed = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for domain in var.settings.domain[*] : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", domain.name))])
    error_message = "delivery.domain.name must be a host name in lower case, such as \"pictures.example.com\"."
  }

  validation {
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
    condition     = alltrue([for domain in var.settings.domain[*] : can(regex("^arn:aws:acm:us-east-1:[0-9]{12}:certificate/[A-Za-z0-9-]+$", domain.certificate_arn))])
    error_message = "delivery.domain.certificate_arn must be the ARN of a certificate in ACM in us-east-1: CloudFront takes no other."
  }

  validation {
    condition     = alltrue([for domain in var.settings.domain[*] : domain.hosted_zone_id == null || can(regex("^[A-Z0-9]{1,32}$", domain.hosted_zone_id))])
    error_message = "delivery.domain.hosted_zone_id must be the ID of a hosted zone in Route 53, such as \"Z0123456789\"."
  }

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.settings.price_class)
    error_message = "delivery.price_class must be \"PriceClass_100\", \"PriceClass_200\" or \"PriceClass_All\"."
  }

  validation {
    condition     = var.settings.browser_seconds >= 0 && var.settings.browser_seconds <= 86400 && floor(var.settings.browser_seconds) == var.settings.browser_seconds
    error_message = "delivery.browser_seconds must be a whole number from 0 to 86400."
  }

  validation {
    condition     = var.settings.edge_seconds >= 1 && var.settings.edge_seconds <= 604800 && floor(var.settings.edge_seconds) == var.settings.edge_seconds
    error_message = "delivery.edge_seconds must be a whole number from 1 to 604800."
  }
}
