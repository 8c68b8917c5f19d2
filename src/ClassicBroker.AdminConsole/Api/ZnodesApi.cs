using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>The znodes of the cluster, to look at. Credentials, tokens and passwords in them are hidden. Stateless.</summary>
internal static partial class ZnodesApi
{
    private const int DataShownMax = 256 * 1024;
    private const string Hidden = "[hidden]";

    public static void AddTo(ConsoleRoutes routes) => routes.Get(
        "/api/znode", "A znode with its data and a page of its children", "path search page size", ConsoleJson.Default.ZnodeView,
            ShowAsync);

    private static async Task<ZnodeView> ShowAsync(ConsoleCall call)
    {
        var path = call.Text("path") ?? "/";
        if (!path.StartsWith('/') || (path.Length > 1 && path.EndsWith('/')) || path.Contains("//", StringComparison.Ordinal)
            || path.Contains('\0'))
        {
            throw ApiException.BadRequest($"{path} is no path of a znode.");
        }

        var read = call.Cluster.ReadZnode
            ?? throw new ApiException(StatusCodes.Status503ServiceUnavailable, "There is no session with ZooKeeper: start the console with --zookeeper.");
        try
        {
            var znode = await read(path);
            var search = call.Text("search");
            string[] found = [.. znode.Children.Where(name => search is null || name.Contains(search, StringComparison.OrdinalIgnoreCase))
                .OrderBy(name => int.TryParse(name, out var number) ? number : int.MaxValue).ThenBy(name => name, StringComparer.Ordinal)];
            return View(path, znode.Data, [.. znode.Acl.Select(Shown)], PageOf<string>.Cut(found, call.Page()));
        }
        catch (ZooKeeperException missing) when (missing.Code == ZooKeeperError.NoNode)
        {
            throw ApiException.NotFound($"There is no znode {path}.");
        }
    }

    /// <summary>The id of a digest is a name and a hash of its password, which is left out.</summary>
    private static string Shown(ZnodeAcl entry) =>
        $"{entry.Scheme}:{(entry.Scheme == "digest" ? entry.Id.Split(':')[0] : entry.Id)} {entry.Permissions}";

    private static ZnodeView View(string path, ZnodeData data, IReadOnlyList<string> access, PageOf<string> children)
    {
        var bytes = data.Data;
        var shown = bytes.AsSpan(0, Math.Min(bytes.Length, DataShownMax));
        var isText = Utf8.IsValid(shown);
        return new ZnodeView
        {
            Path = path,
            Text = data.Stored is null ? null : isText ? Masked(path, Encoding.UTF8.GetString(shown)) : null,
            Base64 = isText || IsSecret(path) ? null : Convert.ToBase64String(shown),
            IsHidden = IsSecret(path) && bytes.Length > 0,
            Size = bytes.Length,
            Version = data.Stat.Version,
            CreatedMs = data.Stat.CtimeMs,
            ModifiedMs = data.Stat.MtimeMs,
            Czxid = $"0x{data.Stat.Czxid:x}",
            Mzxid = $"0x{data.Stat.Mzxid:x}",
            EphemeralOwner = data.Stat.EphemeralOwner == 0 ? null : $"0x{data.Stat.EphemeralOwner:x}",
            Acl = access,
            Children = children,
        };
    }

    /// <summary>Tokens hold what proves them.</summary>
    private static bool IsSecret(string path) => path.StartsWith("/delegation_token/tokens/", StringComparison.Ordinal);

    /// <summary>Credentials of users, and passwords of brokers, lie among configs.</summary>
    private static string Masked(string path, string text)
    {
        if (IsSecret(path))
        {
            return Hidden;
        }

        if (!path.StartsWith("/config/", StringComparison.Ordinal) || text.Length == 0)
        {
            return text;
        }

        try
        {
            if (JsonNode.Parse(text) is JsonObject document && document["config"] is JsonObject configs)
            {
                foreach (var key in configs.Select(config => config.Key).Where(key => SecretKey().IsMatch(key)).ToArray())
                {
                    configs[key] = Hidden;
                }

                return document.ToJsonString();
            }
        }
        catch (System.Text.Json.JsonException)
        {
            // Nothing is known of what lies here: it may hold secrets.
            return Hidden;
        }

        return text;
    }

    [GeneratedRegex("SCRAM-|password|secret|jaas|keystore.key|keystore.certificate.chain", RegexOptions.IgnoreCase)]
    private static partial Regex SecretKey();

    /// <summary>A znode. Its data is text or base64; null for none.</summary>
    internal sealed record ZnodeView
    {
        public required string Path { get; init; }

        public string? Text { get; init; }

        public string? Base64 { get; init; }

        public bool IsHidden { get; init; }

        public int Size { get; init; }

        public int Version { get; init; }

        public long CreatedMs { get; init; }

        public long ModifiedMs { get; init; }

        public required string Czxid { get; init; }

        public required string Mzxid { get; init; }

        public string? EphemeralOwner { get; init; }

        public required IReadOnlyList<string> Acl { get; init; }

        public required PageOf<string> Children { get; init; }
    }
}
