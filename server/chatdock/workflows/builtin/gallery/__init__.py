"""`wf_gallery`: everything a chat can show, on command and without a model."""
