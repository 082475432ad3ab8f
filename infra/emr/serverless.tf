# Everything on CPU. It stops by itself, so nothing is paid while nothing runs, and workers are never taken away, so what
# it costs above spot buys quiet. It has no GPUs.
resource "aws_emrserverless_application" "corpus" {
  name          = local.name
  release_label = var.release_label
  type          = "SPARK"
  architecture  = "X86_64"

  maximum_capacity {
    cpu    = "${var.maximum_vcpus} vCPU"
    memory = "${var.maximum_vcpus * 5} GB"
    disk   = "${var.maximum_vcpus * 10} GB"
  }

  auto_start_configuration {
    enabled = true
  }

  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = 15
  }

  network_configuration {
    subnet_ids         = aws_subnet.private[*].id
    security_group_ids = [aws_security_group.workers.id]
  }

  dynamic "image_configuration" {
    for_each = var.image_uri == "" ? [] : [var.image_uri]
    content {
      image_uri = image_configuration.value
    }
  }
}
