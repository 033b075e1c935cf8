pub(crate) fn run(_: &std::path::Path, _: &[String]) -> anyhow::Result<bool> {
    Ok(true)
}
