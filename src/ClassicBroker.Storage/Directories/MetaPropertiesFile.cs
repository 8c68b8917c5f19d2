using System.Globalization;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>Reads and writes <c>meta.properties</c>, a Java properties file.</summary>
/// <remarks>
/// <code>
/// #
/// #Sat Nov 21 06:07:58 UTC 2026
/// cluster.id=…
/// broker.id=0
/// version=0
/// </code>
/// </remarks>
internal static class MetaPropertiesFile
{
    public const string FileName = "meta.properties";

    private const string SupportedVersion = "0";

    /// <summary>Null where the directory has none.</summary>
    /// <exception cref="LogDirectoryException">It is of another version, or malformed.</exception>
    public static MetaProperties? Read(IFileSystem files, string directory)
    {
        var path = Path.Join(directory, FileName);
        if (AtomicFile.Read(files, path) is not { } content)
        {
            return null;
        }

        var values = Parse(path, content);
        if (values.GetValueOrDefault("version", SupportedVersion) is var version && version != SupportedVersion)
        {
            throw new LogDirectoryException(
                $"{path} has version {version}; a broker that uses ZooKeeper has version {SupportedVersion}. "
                + "The directory belongs to a KRaft broker: choose another in log.dirs.");
        }

        if (!values.TryGetValue("broker.id", out var id))
        {
            return new(null, values.GetValueOrDefault("cluster.id"));
        }

        return JavaText.TryParseInt(id, out var brokerId)
            ? new(new BrokerId(brokerId), values.GetValueOrDefault("cluster.id"))
            : throw new LogDirectoryException($"{path} has broker.id={id}, which is no number.");
    }

    public static void Write(IFileSystem files, string directory, MetaProperties properties, DateTimeOffset now)
    {
        var content = new StringBuilder("#\n#")
            .Append(now.ToString("ddd MMM dd HH:mm:ss 'UTC' yyyy", CultureInfo.InvariantCulture)).Append('\n');
        if (properties.ClusterId is { } clusterId)
        {
            content.Append("cluster.id=").Append(clusterId).Append('\n');
        }

        if (properties.BrokerId is { } brokerId)
        {
            content.Append("broker.id=").Append(brokerId.Value).Append('\n');
        }

        content.Append($"version={SupportedVersion}\n");
        AtomicFile.Write(files, Path.Join(directory, FileName), content.ToString());
    }

    private static Dictionary<string, string> Parse(string path, string content)
    {
        try
        {
            return JavaProperties.Parse(content);
        }
        catch (MalformedDataException malformed)
        {
            throw new LogDirectoryException($"{path} cannot be read: {malformed.Message}");
        }
    }
}
