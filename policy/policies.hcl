# A policy set for Terraform Cloud, HCP Terraform and Terraform Enterprise:
# https://developer.hashicorp.com/terraform/cloud-docs/policy-enforcement/manage-policy-sets
policy "flask-api" {
  description       = "What holds for every environment, and what protects those that are protected"
  query             = "data.flask_api.deny"
  enforcement_level = "mandatory"
}
