using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Server.Connections;

namespace ClassicBroker.ZooKeeper.Server;

/// <summary>
/// The four-letter words: four bytes sent instead of a frame, answered in text. Read as a frame's length they would be absurd, which is how
/// they are told apart. Threading: server loop only.
/// </summary>
internal static class FourLetterWords
{
    /// <summary>What <c>mntr</c> and the others give as version: the protocol's level, then ours.</summary>
    private const string VersionLine = "3.8.0-ClassicBroker, built on ClassicBroker";

    private const string Known = "conf cons crst dirs dump envi gtmk hash isro mntr ruok srst srvr stat wchc wchp wchs";

    /// <summary>What Apache ZooKeeper traces unless told otherwise: requests, sessions and warnings of both sides.</summary>
    private const string TraceMask = "306";

    /// <summary>True where four bytes of a new connection are a word rather than a length.</summary>
    public static bool IsWord(int bytes) =>
        Known.Contains(TextOf(bytes), StringComparison.Ordinal) && !TextOf(bytes).Contains(' ', StringComparison.Ordinal);

    public static byte[] Answer(ZooKeeperServer server, int bytes)
    {
        var word = TextOf(bytes);
        var allowed = server.Config.FourLetterWords.Contains("*") || server.Config.FourLetterWords.Contains(word);
        var answer = allowed ? Compose(server, word) : $"{word} is not executed because it is not in the whitelist.\n";
        return Encoding.UTF8.GetBytes(answer);
    }

    private static string TextOf(int bytes)
    {
        Span<char> text = [(char)(bytes >> 24 & 0xff), (char)(bytes >> 16 & 0xff), (char)(bytes >> 8 & 0xff), (char)(bytes & 0xff)];
        return new string(text);
    }

    private static string Compose(ZooKeeperServer server, string word) => word switch
    {
        "ruok" => "imok",
        "isro" => "rw",
        "srst" => ResetStatistics(server),
        "conf" => Configuration(server.Config),
        "cons" => ConnectionLines(server),
        "crst" => ResetConnections(server),
        "dirs" => Directories(server),
        "dump" => Dump(server),
        "envi" => Environment(),
        "gtmk" => TraceMask,

        // The log of digests, which is empty where no digests are taken.
        "hash" => "",
        "mntr" => Monitor(server),
        "srvr" => Summary(server, withClients: false),
        "stat" => Summary(server, withClients: true),
        "wchc" => WatchesBySession(server),
        "wchp" => WatchesByPath(server),
        "wchs" => Watches(server),
        _ => throw new InvariantViolatedException($"{word} is not a four-letter word"),
    };

    private static string ResetStatistics(ZooKeeperServer server)
    {
        server.Statistics.Reset();
        return "Server stats reset.\n";
    }

    private static string ResetConnections(ZooKeeperServer server)
    {
        foreach (var connection in server.Connections)
        {
            connection.ResetStatistics();
        }

        return "Connection stats reset.\n";
    }

    private static string Directories(ZooKeeperServer server)
    {
        var (snapshots, logs) = server.Database.Sizes();
        return string.Create(CultureInfo.InvariantCulture, $"datadir_size: {snapshots}\nlogdir_size: {logs}\n");
    }

    private static string Configuration(ZooKeeperServerConfig config) =>
        $"""
        clientPort={config.ClientPort}
        secureClientPort=-1
        dataDir={config.DataDir}/version-2
        dataDirSize=0
        dataLogDir={config.DataLogDir}/version-2
        dataLogSize=0
        tickTime={config.TickTimeMs}
        maxClientCnxns={config.MaxClientCnxns}
        minSessionTimeout={config.MinSessionTimeoutMs}
        maxSessionTimeout={config.MaxSessionTimeoutMs}
        clientPortListenBacklog=-1
        serverId=0

        """;

    private static string ConnectionLines(ZooKeeperServer server)
    {
        var text = new StringBuilder();
        foreach (var connection in server.Connections)
        {
            text.Append(ClientLine(connection)).Append('\n');
        }

        return text.Append('\n').ToString();
    }

    private static string ClientLine(ServerConnection connection)
    {
        var session = connection.Session is { } held
            ? string.Create(CultureInfo.InvariantCulture, $",sid=0x{held.Id:x},to={held.TimeoutMs}")
            : "";
        return $" /{connection.Remote}[1](queued=0,recved={connection.Received},sent={connection.Sent}{session})";
    }

    private static string Dump(ZooKeeperServer server)
    {
        var sessions = server.Database.Sessions.Sessions;
        var ephemerals = server.Database.Tree.Ephemerals;
        var text = new StringBuilder($"SessionTracker dump:\nSession Sets ({sessions.Count}):\n");
        foreach (var session in sessions)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{session.Id:x}\t{session.TimeoutMs}ms\n");
        }

        text.Append($"ephemeral nodes dump:\nSessions with Ephemerals ({ephemerals.Count}):\n");
        foreach (var (owner, paths) in ephemerals)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{owner:x}:\n");
            foreach (var path in paths)
            {
                text.Append('\t').Append(path).Append('\n');
            }
        }

        return text.Append($"Connections dump:\nConnections Sets ({server.Connections.Count}):\n").ToString();
    }

    private static string Environment() =>
        $"""
        Environment:
        zookeeper.version={VersionLine}
        dotnet.version={RuntimeInformation.FrameworkDescription}
        os.name={RuntimeInformation.OSDescription}
        os.arch={RuntimeInformation.OSArchitecture}

        """;

    private static string Monitor(ZooKeeperServer server)
    {
        var tree = server.Database.Tree;
        var watches = server.Database.Watches;
        var statistics = server.Statistics;
        var text = new StringBuilder();
        Line("zk_version", VersionLine);
        Line("zk_server_state", "standalone");
        Line("zk_avg_latency", statistics.LatencyAverageMs.ToString("0.0###", CultureInfo.InvariantCulture));
        Line("zk_max_latency", statistics.LatencyMaxMs);
        Line("zk_min_latency", statistics.LatencyMinMs);
        Line("zk_packets_received", statistics.Received);
        Line("zk_packets_sent", statistics.Sent);
        Line("zk_num_alive_connections", server.Connections.Count);
        Line("zk_outstanding_requests", 0);
        Line("zk_znode_count", tree.Count);
        Line("zk_watch_count", watches.Data.Count + watches.Child.Count);
        Line("zk_ephemerals_count", tree.EphemeralCount);
        Line("zk_approximate_data_size", tree.ApproximateSize);
        Line("zk_global_sessions", server.Database.Sessions.Sessions.Count);
        Line("zk_uptime", server.UptimeMs);
        return text.ToString();

        void Line(string name, object value) => text.Append(CultureInfo.InvariantCulture, $"{name}\t{value}\n");
    }

    private static string Summary(ZooKeeperServer server, bool withClients)
    {
        var statistics = server.Statistics;
        var text = new StringBuilder($"Zookeeper version: {VersionLine}\n");
        if (withClients)
        {
            text.Append("Clients:\n").Append(ConnectionLines(server));
        }

        text.Append(
            CultureInfo.InvariantCulture,
            $"Latency min/avg/max: {statistics.LatencyMinMs}/{statistics.LatencyAverageMs:0.0###}/{statistics.LatencyMaxMs}\n");
        text.Append($"Received: {statistics.Received}\nSent: {statistics.Sent}\nConnections: {server.Connections.Count}\nOutstanding: 0\n");
        text.Append(CultureInfo.InvariantCulture, $"Zxid: 0x{server.Database.Tree.LastZxid:x}\n");
        return text.Append($"Mode: standalone\nNode count: {server.Database.Tree.Count}\n").ToString();
    }

    private static string WatchesBySession(ZooKeeperServer server)
    {
        var text = new StringBuilder();
        foreach (var (session, paths) in WatchedPaths(server))
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{session:x}\n");
            foreach (var path in paths)
            {
                text.Append('\t').Append(path).Append('\n');
            }
        }

        return text.Append('\n').ToString();
    }

    private static string WatchesByPath(ZooKeeperServer server)
    {
        var sessions = new SortedDictionary<string, List<long>>(StringComparer.Ordinal);
        foreach (var (session, paths) in WatchedPaths(server))
        {
            foreach (var path in paths)
            {
                if (!sessions.TryGetValue(path, out var watching))
                {
                    sessions[path] = watching = [];
                }

                watching.Add(session);
            }
        }

        var text = new StringBuilder();
        foreach (var (path, watching) in sessions)
        {
            text.Append(path).Append('\n');
            foreach (var session in watching)
            {
                text.Append(CultureInfo.InvariantCulture, $"\t0x{session:x}\n");
            }
        }

        return text.Append('\n').ToString();
    }

    /// <summary>What each session watches, data and children together.</summary>
    private static SortedDictionary<long, SortedSet<string>> WatchedPaths(ZooKeeperServer server)
    {
        var watched = new SortedDictionary<long, SortedSet<string>>();
        foreach (var connection in server.Connections)
        {
            var paths = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var table in new[] { server.Database.Watches.Data, server.Database.Watches.Child })
            {
                if (table.ByListener.TryGetValue(connection.Id, out var here))
                {
                    paths.UnionWith(here);
                }
            }

            if (connection.Session is { } session && paths.Count > 0)
            {
                watched[session.Id] = paths;
            }
        }

        return watched;
    }

    private static string Watches(ZooKeeperServer server)
    {
        var watches = server.Database.Watches;
        var connections = watches.Data.ByListener.Keys.Union(watches.Child.ByListener.Keys).Count();
        return $"{connections} connections watching {watches.Data.PathCount + watches.Child.PathCount} paths\n"
            + $"Total watches:{watches.Data.Count + watches.Child.Count}\n";
    }
}
