"""The workflows that ship with the server: `wf_demo`, an agent, and `wf_gallery`, the shop window."""
