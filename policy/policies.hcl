# A policy set for Terraform Cloud, HCP Terraform and Terraform Enterprise:
# https://developer.hashicorp.com/terraform/cloud-docs/policy-enforcement/manage-policy-sets
policy "flask-api" {
  description       = "What holds for every environment, and what protects those that are protected"
  query             = "data.flask_api.deny"
  enforcement_level = "mandatory"
}

policy "flask-api-cautions" {
  description       = "What whoever approves the run has to have seen"
  query             = "data.flask_api.warn"
  enforcement_level = "advisory"
}
