using System.Text;
using ClassicBroker.Platform;

namespace ClassicBroker.Server.Config.Providers;

/// <summary><c>${directory:/path:file}</c>: the content of a file in a directory, as secrets of containers are mounted.</summary>
internal sealed class DirectoryConfigProvider(AllowedPaths allowed, IFileSystem files, Action<string> warn) : IConfigProvider
{
    public IReadOnlyDictionary<string, string> Get(string path, IReadOnlySet<string> keys)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (path.Length == 0 || !ConfigProviders.IsAllowed(allowed, path, warn))
        {
            return found;
        }

        if (!files.DirectoryExists(path))
        {
            warn($"The path {path} is not a directory");
            return found;
        }

        try
        {
            // A key is the name of a file in the directory and leads to no other.
            foreach (var key in keys.Where(key => !key.Contains('/') && files.FileExists(Path.Combine(path, key))))
            {
                found[key] = Encoding.UTF8.GetString(files.ReadAllBytes(Path.Combine(path, key)));
            }
        }
        catch (StorageException failure)
        {
            throw new ConfigException($"Could not read the files of directory {path}: {ConfigProviders.Reason(failure)}");
        }

        return found;
    }
}
