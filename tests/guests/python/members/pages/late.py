TEXT = "late"
