namespace ClassicBroker.Testing.Processes;

/// <summary>A directory of one test under the system's temporary folder, deleted with all it holds on dispose.</summary>
public sealed class ScratchDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("classicbroker-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Keeps all it holds with the results of the tests, for somebody to find out why a run failed.</summary>
    public async Task KeepAsync(string name)
    {
        var kept = System.IO.Path.Combine(RepositoryLayout.Root, "artifacts", "test-results", name);
        Directory.CreateDirectory(kept);
        await ChildProcess.RunAsync("cp", ["-r", Path, kept]);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
