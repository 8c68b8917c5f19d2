using ClassicBroker.Platform;

namespace ClassicBroker.Tools.Doctor;

/// <summary>
/// A <c>server.properties</c> on this machine: what it listens on and advertises, its directories and their space. Stateless.
/// </summary>
internal static class ServerFileCheck
{
    private const string DefaultLogDirectory = "/tmp/kafka-logs";
    private const long ModestOpenFiles = 65_536;

    private static readonly string[] EveryAddress = ["", "0.0.0.0", "[::]"];

    public static IReadOnlyList<Finding> Run(ToolHost host, IReadOnlyDictionary<string, string> properties, long openFilesMax) =>
    [
        .. Listeners(properties),
        .. Directories(host, properties),
        openFilesMax < ModestOpenFiles
            ? Finding.Warning(
                "open files",
                $"This account may open {openFilesMax} files; a broker with many partitions and clients needs more.",
                $"Set LimitNOFILE={ModestOpenFiles} or more in its systemd unit, or nofile in /etc/security/limits.conf.")
            : Finding.Good("open files", $"This account may open {openFilesMax} files."),
    ];

    private static IEnumerable<Finding> Listeners(IReadOnlyDictionary<string, string> properties)
    {
        var advertised = Split(properties.GetValueOrDefault("advertised.listeners", ""))
            .Select(Endpoint).OfType<(string Name, string Host)>()
            .ToDictionary(endpoint => endpoint.Name, endpoint => endpoint.Host, StringComparer.Ordinal);
        var listeners = Split(properties.GetValueOrDefault("listeners", "PLAINTEXT://:9092")).Select(Endpoint);
        foreach (var (name, bound) in listeners.OfType<(string, string)>())
        {
            var isEverywhere = EveryAddress.Contains(bound);
            if (advertised.TryGetValue(name, out var told)
                && ListenerCheck.IsThisMachineOnly(told) && !ListenerCheck.IsThisMachineOnly(bound))
            {
                yield return Finding.Warning(
                    $"listener {name}",
                    $"It listens on {(isEverywhere ? "every address" : bound)} and advertises {told}: "
                    + "clients elsewhere would ask themselves.",
                    "Set advertised.listeners to a name that other machines resolve.");
            }
            else if (!advertised.ContainsKey(name) && isEverywhere)
            {
                yield return Finding.Good($"listener {name}", "It listens on every address and advertises the name of this machine.");
            }
            else
            {
                yield return Finding.Good($"listener {name}", $"It advertises {advertised.GetValueOrDefault(name, bound)}.");
            }
        }
    }

    private static IEnumerable<Finding> Directories(ToolHost host, IReadOnlyDictionary<string, string> properties)
    {
        var given = properties.GetValueOrDefault("log.dirs") ?? properties.GetValueOrDefault("log.dir") ?? DefaultLogDirectory;
        foreach (var path in Split(given))
        {
            var subject = $"log directory {path}";
            if (!host.Files.DirectoryExists(path))
            {
                yield return Finding.Good(subject, "It does not exist; the broker makes it at its start.");
                continue;
            }

            if (path == "/tmp" || path.StartsWith("/tmp/", StringComparison.Ordinal))
            {
                yield return Finding.Warning(
                    subject, "It lies in /tmp, which systems empty at a restart.", "Set log.dirs to a directory of a volume that is kept.");
            }

            yield return Space(host, subject, path);
        }
    }

    private static Finding Space(ToolHost host, string subject, string path)
    {
        try
        {
            var space = host.Files.Space(path);
            return DiskCheck.JudgeSpace(subject, space.TotalBytes, space.UsableBytes);
        }
        catch (StorageException failure)
        {
            return Finding.Critical(subject, failure.Message, "Mend the volume, or take the directory out of log.dirs.");
        }
    }

    /// <summary>Name and host of <c>NAME://host:port</c>; null for what is none, which the broker itself refuses.</summary>
    private static (string Name, string Host)? Endpoint(string text)
    {
        var (scheme, port) = (text.IndexOf("://", StringComparison.Ordinal), text.LastIndexOf(':'));
        return scheme > 0 && port > scheme ? (text[..scheme], text[(scheme + 3)..port]) : null;
    }

    private static IEnumerable<string> Split(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
