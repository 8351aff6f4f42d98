"""Tests of the plain store, stamps, storage classes and the concrete interpreter."""
