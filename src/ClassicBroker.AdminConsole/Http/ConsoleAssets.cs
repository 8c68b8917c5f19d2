using System.Reflection;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>
/// The pages' files, in the assembly, from where they are sent: a console that is not looked at keeps none in memory. Immutable but for
/// tags, which are made once. Threading: any.
/// </summary>
internal sealed class ConsoleAssets
{
    /// <summary>What the address alone stands for.</summary>
    public const string Start = "/index.html";

    private readonly SortedDictionary<string, Asset> _assets = new(StringComparer.Ordinal);

    public ConsoleAssets()
    {
        foreach (var name in Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith('/')))
        {
            _assets[name] = new(name);
        }
    }

    public IEnumerable<string> Paths => _assets.Keys;

    public Asset? Find(string path) => _assets.GetValueOrDefault(path == "/" ? Start : path);

    /// <summary>One file.</summary>
    internal sealed class Asset(string name)
    {
        private readonly Lazy<string> _tag = new(() => TagOf(name));

        public string ContentType => Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        };

        /// <summary>Changes with the file.</summary>
        public string Tag => _tag.Value;

        public Stream Open() => Open(name);

        private static Stream Open(string name) => Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;

        private static string TagOf(string name)
        {
            using var stream = Open(name);
            Span<byte> part = stackalloc byte[4096];
            var checksum = 0u;
            for (int length; (length = stream.Read(part)) > 0;)
            {
                checksum = Crc32C.Append(checksum, part[..length]);
            }

            return $"\"{checksum:x8}-{stream.Length:x}\"";
        }
    }
}
