"""The interface of trained models for retrieval: protocol, judgement and assignment."""
