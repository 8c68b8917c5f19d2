using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>One Apache ZooKeeper server as a Java process, from Debian's package. Port and data survive a kill and a new start.</summary>
public sealed class RealZooKeeperNode : IAsyncDisposable
{
    private const string JarDirectory = "/usr/share/java";

    private static readonly string[] Jars =
    [
        "zookeeper.jar", "slf4j-log4j12.jar", "log4j-1.2.jar", "netty-codec.jar", "netty-resolver.jar", "netty-transport-native-unix-common.jar",
    ];

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _directory;
    private readonly string[] _jvmOptions;
    private ChildProcess? _process;

    /// <param name="directory">Where its configuration and data lie; <c>data</c> below it is its data directory.</param>
    /// <param name="port">Where it listens on the loopback interface.</param>
    /// <param name="lines">Lines of its configuration beside the usual ones.</param>
    /// <param name="jvmOptions">Such as the path of a JAAS configuration.</param>
    public RealZooKeeperNode(string directory, int port, IEnumerable<string> lines, params string[] jvmOptions)
    {
        RequirePackage();
        _directory = directory;
        _jvmOptions = jvmOptions;
        Port = port;
        Directory.CreateDirectory(DataDirectory);
        File.WriteAllLines(
            ConfigFile,
            [
                "tickTime=1000", $"dataDir={DataDirectory}", $"clientPort={port}", "clientPortAddress=127.0.0.1", "maxClientCnxns=0",
                "minSessionTimeout=500", "maxSessionTimeout=60000", "admin.enableServer=false", "4lw.commands.whitelist=*", .. lines,
            ]);
    }

    /// <summary>The class path of Apache's server and of its command-line client.</summary>
    public static string ClassPath => string.Join(':', Jars.Select(jar => Path.Combine(JarDirectory, jar)).Prepend("/etc/zookeeper/conf"));

    public int Port { get; }

    /// <summary>A command to run the server under, with its options.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    public string DataDirectory => Path.Combine(_directory, "data");

    public ChildProcess Process => _process ?? throw new InvalidOperationException("ZooKeeper is not started.");

    private string ConfigFile => Path.Combine(_directory, "zoo.cfg");

    /// <summary>Fails with the remedy where Apache ZooKeeper is not installed.</summary>
    public static void RequirePackage()
    {
        if (!File.Exists(Path.Combine(JarDirectory, "zookeeper.jar")) || !File.Exists("/usr/bin/java"))
        {
            throw new InvalidOperationException(
                "These tests run Apache ZooKeeper: apt-get install -y --no-install-recommends zookeeper default-jre-headless, or run scripts/test.sh.");
        }
    }

    /// <summary>Starts the process and waits until it listens.</summary>
    public async Task StartAsync()
    {
        Launch();
        await Process.WaitForAsync("binding to port", StartLimit);
    }

    /// <summary>Starts the process and waits for nothing.</summary>
    public void Launch()
    {
        string[] command =
        [
            .. Wrapper, "/usr/bin/java",
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp", ClassPath, $"-Dzookeeper.log.dir={_directory}",
            "-Dzookeeper.root.logger=INFO,CONSOLE", "-Djute.maxbuffer=4194304", .. _jvmOptions,
            "org.apache.zookeeper.server.quorum.QuorumPeerMain", ConfigFile,
        ];
        _process = ChildProcess.Start(command[0], command.Skip(1));
    }

    public Task KillAsync() => EndAsync(ChildProcess.Sigkill);

    public Task StopAsync() => EndAsync(ChildProcess.Sigterm);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private async Task EndAsync(int signal)
    {
        Process.Signal(signal);
        await Process.WaitForExitAsync(TimeSpan.FromSeconds(10));
    }
}
