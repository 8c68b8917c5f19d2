namespace ClassicBroker.Platform;

/// <summary>A name in a directory; <paramref name="Length"/> is 0 for directories.</summary>
public readonly record struct DirectoryEntry(string Name, bool IsDirectory, long Length);
