namespace ClassicBroker.Platform;

/// <summary>How <see cref="IFileSystem.Open"/> treats a file that exists or does not.</summary>
public enum FileOpenMode
{
    /// <summary>Must exist; opened for reading only.</summary>
    Read,

    /// <summary>Must exist.</summary>
    Existing,

    /// <summary>Created empty where missing.</summary>
    OpenOrCreate,

    /// <summary>Must not exist.</summary>
    CreateNew,

    /// <summary>Created, or emptied where it exists.</summary>
    Truncate,
}
