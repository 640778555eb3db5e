"""healthnews: Chinese health and medical-insurance answer pages in, a clean dataset with contradictions shown, out."""
