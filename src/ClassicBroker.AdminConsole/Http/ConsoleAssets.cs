using System.Reflection;
using System.Security.Cryptography;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>The pages' files, from the assembly: path, type, bytes, and a tag that changes with them. Read once; then immutable.</summary>
internal sealed class ConsoleAssets
{
    /// <summary>What the address alone stands for.</summary>
    public const string Start = "/index.html";

    private readonly SortedDictionary<string, Asset> _assets = new(StringComparer.Ordinal);

    public ConsoleAssets()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith('/')))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            _assets[name] = new(TypeOf(name), bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
        }
    }

    public IEnumerable<string> Paths => _assets.Keys;

    public Asset? Find(string path) => _assets.GetValueOrDefault(path == "/" ? Start : path);

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };

    /// <summary>One file.</summary>
    internal sealed record Asset(string ContentType, byte[] Bytes, string Tag);
}
