output "kubeconfig" {
  description = "The command that writes it."
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${module.eks.cluster_name}"
}

output "vpc_id" {
  description = "For the load balancer controller's chart, which may not ask the nodes for it."
  value       = module.vpc.vpc_id
}
