"""The language: from `.hvs` text to a transition system of `hvmodel`, with diagnostics on the way."""
