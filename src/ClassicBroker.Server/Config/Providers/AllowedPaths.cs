using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Config.Providers;

/// <summary><c>allowed.paths</c> of a provider: below which directories it may read. Immutable.</summary>
internal sealed class AllowedPaths
{
    private readonly string[]? _allowed;

    /// <exception cref="ConfigException">A path is relative, or there is nothing by that name.</exception>
    public AllowedPaths(string? setting, IFileSystem files)
    {
        if (string.IsNullOrEmpty(setting))
        {
            return;
        }

        _allowed = [.. JavaText.SplitList(setting).Select(path => Path.TrimEndingDirectorySeparator(path))];
        foreach (var path in _allowed)
        {
            if (!Path.IsPathRooted(path))
            {
                throw new ConfigException($"Path {path} is not absolute");
            }

            if (!files.DirectoryExists(path) && !files.FileExists(path))
            {
                throw new ConfigException($"Path {path} does not exist");
            }
        }
    }

    /// <summary>May this be read? Links are not followed to find out, as in Kafka.</summary>
    public bool Allow(string path) =>
        _allowed is null
        || (Path.IsPathRooted(path) && _allowed.Any(allowed => IsBelow(Path.GetFullPath(path), Path.GetFullPath(allowed))));

    private static bool IsBelow(string path, string directory) =>
        path == directory || path.StartsWith(directory.EndsWith('/') ? directory : directory + "/", StringComparison.Ordinal);
}
