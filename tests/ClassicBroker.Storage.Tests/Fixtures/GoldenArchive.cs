using System.Formats.Tar;
using System.IO.Compression;

namespace ClassicBroker.Storage.Tests;

/// <summary>Unpacks what was recorded of a Kafka.</summary>
internal static class GoldenArchive
{
    public static void Unpack(string name, string target)
    {
        using var file = File.OpenRead(Path.Join(AppContext.BaseDirectory, "Golden", name));
        using var content = new GZipStream(file, CompressionMode.Decompress);
        using var archive = new TarReader(content);
        while (archive.GetNextEntry() is { } entry)
        {
            var path = Path.Join(target, entry.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            entry.ExtractToFile(path, overwrite: false);
        }
    }
}
