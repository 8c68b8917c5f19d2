using ClassicBroker.Primitives;
using ClassicBroker.Tools.ZooKeeperAccess;
using ClassicBroker.Tools.ZooKeeperShell;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>zookeeper-shell.sh</c>: one command, or a shell that reads them line by line, as Apache ZooKeeper's own.</summary>
internal sealed class ZooKeeperShellCommand : ICommand
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The ZooKeeper whose shell this follows.</summary>
    private const string ZooKeeperVersion = "3.8.4";

    private const string Help =
        """
        ZooKeeper -server host:port [-zk-tls-config-file <file>] cmd args
        	addauth scheme auth
        	close 
        	connect host:port
        	create [-s] [-e] [-c] [-t ttl] path [data] [acl]
        	delete [-v version] path
        	deleteall path [-b batch size]
        	get [-s] [-w] path
        	getAcl [-s] path
        	getAllChildrenNumber path
        	getEphemerals path
        	history 
        	ls [-s] [-w] [-R] path
        	quit 
        	redo cmdno
        	set [-s] [-v version] path data
        	setAcl [-s] [-v version] [-R] path acl
        	stat [-w] path
        	sync path
        	version 
        """;

    private readonly List<string> _history = [];
    private ToolHost _host = null!;
    private ToolNetwork _network = null!;
    private string _server = "";
    private IZooKeeper? _zooKeeper;
    private ZooKeeperTlsFile? _tls;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        _host = host;
        var place = args.Count > 0 && args[0] == "-server" ? 1 : 0;
        var first = place < args.Count ? args[place] : null;
        if (first is null or "-h" or "-help" or "--help" or "-version" or "--version")
        {
            return Introduce(first);
        }

        var rest = ReadOptions(args);
        await using var network = host.OpenNetwork();
        _network = network;
        try
        {
            await ConnectAsync(_server, isInteractive: rest.Length == 0);
            return rest.Length > 0 ? await RunLineAsync(rest) : await RunInteractiveAsync();
        }
        catch (ConnectionLossException)
        {
            host.Log(
                "WARN",
                $"Session 0x0 for server {_server}, Closing socket connection. Attempting reconnect except it is a SessionExpiredException.",
                "org.apache.zookeeper.ClientCnxn");
            await host.Error.WriteLineAsync(network.ZooKeeperFailure ?? "The server does not answer");
            await host.Error.WriteLineAsync($"KeeperErrorCode = ConnectionLoss for {(rest.Length > 1 ? rest[^1] : "/")}");
            return 1;
        }
        finally
        {
            await CloseAsync();
        }
    }

    /// <summary>Tells the usage or the version; Apache's shell takes both words for the address of a server.</summary>
    private int Introduce(string? word)
    {
        if (word?.EndsWith("version", StringComparison.Ordinal) == true)
        {
            _host.Out.WriteLine(ToolRunner.KafkaVersion);
            return 0;
        }

        _host.Out.WriteLine("USAGE: zookeeper-shell.sh zookeeper_host:port[/path] [-zk-tls-config-file file] [args...]");
        if (word is not null)
        {
            _host.Out.WriteLine(Help);
        }

        return word is null ? 1 : 0;
    }

    /// <summary>Takes the options of the shell itself off the front; what is left is a command, or nothing.</summary>
    private string[] ReadOptions(IReadOnlyList<string> args)
    {
        var server = "localhost:2181";
        var next = 0;
        for (; next + 1 < args.Count && args[next].StartsWith('-'); next += 2)
        {
            switch (args[next])
            {
                case "-server":
                    server = args[next + 1];
                    break;
                case "-timeout" or "-client-configuration":
                    break;
                case "-zk-tls-config-file":
                    _tls = ZooKeeperTlsFile.Read(_host, args[next + 1]);
                    break;
                default:
                    throw new ToolException($"Unknown option {args[next]}");
            }
        }

        _server = server;
        return args.Skip(next).ToArray();
    }

    private async Task ConnectAsync(string server, bool isInteractive)
    {
        await CloseAsync();
        _server = server;
        _host.Out.WriteLine($"Connecting to {server}");
        if (isInteractive)
        {
            _host.Out.WriteLine("Welcome to ZooKeeper!");
            _host.Out.WriteLine("JLine support is disabled");
        }

        await _host.FlushAsync();
        _zooKeeper = await _network.TryZooKeeperAsync(server, ConnectTimeout, _tls);
        WriteEvent("state:SyncConnected type:None path:null");
        await _host.FlushAsync();
    }

    private async Task CloseAsync()
    {
        if (_zooKeeper is not null)
        {
            await _zooKeeper.CloseAsync();
            _zooKeeper = null;
        }
    }

    private async Task<int> RunInteractiveAsync()
    {
        using var input = new StreamReader(_host.Input, leaveOpen: true);
        while (await input.ReadLineAsync(CancellationToken.None) is { } line)
        {
            var words = ShellArguments.Split(line);
            if (words.Length > 0)
            {
                _history.Add(line);
                if (words[0] == "quit")
                {
                    break;
                }

                await RunLineAsync(words);
            }

            await _host.FlushAsync();
        }

        await CloseAsync();
        WriteEvent("state:Closed type:None path:null");
        return 0;
    }

    private async Task<int> RunLineAsync(string[] words)
    {
        try
        {
            await RunCommandAsync(words[0], words[1..]);
            return 0;
        }
        catch (ShellException failure)
        {
            await _host.Error.WriteLineAsync(failure.Message);
            return failure.ExitCode;
        }
        catch (ZooKeeperException refusal)
        {
            await _host.Error.WriteLineAsync(ShellText.Describe(refusal));
        }
        catch (ArgumentException invalid)
        {
            await _host.Error.WriteLineAsync($"Command failed: java.lang.IllegalArgumentException: {invalid.Message}");
        }

        return 1;
    }

    private async Task RunCommandAsync(string name, string[] arguments)
    {
        switch (name)
        {
            case "quit":
                return;
            case "help":
                WriteHelp();
                return;
            case "version":
                _host.Out.WriteLine($"ZooKeeper CLI version: {ZooKeeperVersion}");
                return;
            case "history":
                for (var i = 0; i < _history.Count; i++)
                {
                    _host.Out.WriteLine($"{i} - {_history[i]}");
                }

                return;
            case "redo":
                await RedoAsync(arguments);
                return;
            case "connect":
                await ConnectAsync(arguments.Length > 0 ? arguments[0] : _server, isInteractive: false);
                return;
            case "close":
                await CloseAsync();
                return;
        }

        if (_zooKeeper is null)
        {
            throw new ShellException("Not connected");
        }

        if (!await new ShellCommands(_zooKeeper, _host, _host.Time.LocalTimeZone).RunAsync(name, arguments))
        {
            WriteHelp();
            throw new ShellException($"Command not found: Command not found {name}", ShellException.CommandNotFound);
        }
    }

    private async Task RedoAsync(string[] arguments)
    {
        if (arguments.Length == 0 || !JavaText.TryParseInt(arguments[0], out var number) || number < 0 || number >= _history.Count)
        {
            throw new ShellException("Command index out of range");
        }

        var words = ShellArguments.Split(_history[number]);
        if (words[0] == "redo")
        {
            throw new ShellException("No redoing redos");
        }

        await RunCommandAsync(words[0], words[1..]);
    }

    private void WriteEvent(string what)
    {
        _host.Out.WriteLine();
        _host.Out.WriteLine("WATCHER::");
        _host.Out.WriteLine();
        _host.Out.WriteLine($"WatchedEvent {what}");
    }

    private void WriteHelp() => _host.Error.WriteLine(Help);
}
