using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Config.Providers;

/// <summary><c>${file:/path:key}</c>: the value of a key in another properties file, which is UTF-8.</summary>
internal sealed class FileConfigProvider(AllowedPaths allowed, IFileSystem files, Action<string> warn) : IConfigProvider
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public IReadOnlyDictionary<string, string> Get(string path, IReadOnlySet<string> keys)
    {
        if (path.Length == 0 || !ConfigProviders.IsAllowed(allowed, path, warn))
        {
            return new Dictionary<string, string>();
        }

        try
        {
            return JavaProperties.Parse(Strict.GetString(files.ReadAllBytes(path)));
        }
        catch (Exception failure) when (failure is StorageException or DecoderFallbackException or MalformedDataException)
        {
            throw new ConfigException($"Could not read properties from file {path}: {ConfigProviders.Reason(failure)}");
        }
    }
}
