variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "name" {
  description = "Of the cluster, its VPC and its roles."
  type        = string
  default     = "ticketing"
}

variable "kubernetes_version" {
  type    = string
  default = "1.34"
}

variable "instance_type" {
  description = "Of the nodes; arm64, as the overlay's images are for both."
  type        = string
  default     = "t4g.large"
}

variable "single_nat_gateway" {
  description = "One for all zones. False: one in each, at three times the price."
  type        = bool
  default     = true
}

variable "operators" {
  description = "Networks from which the cluster's API may be asked."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}
