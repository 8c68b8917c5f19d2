namespace ClassicBroker.Testing.Processes;

/// <summary>A directory of one test under the system's temporary folder, deleted with all it holds on dispose.</summary>
public sealed class ScratchDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("classicbroker-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
