using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Lab;

/// <summary>
/// A network of its own inside this machine: a namespace with a bridge, where clients live, and a namespace with an address for each host
/// behind it. What one host sends to another can be dropped, one way or both, by rules that the receiver's namespace has. One test owns it;
/// nothing of it is visible outside.
/// </summary>
public sealed partial class NetworkLab : IAsyncDisposable
{
    private const string Prefix = "classicbroker";
    private const string ClientAddress = "10.99.0.254";

    private static int _made;

    private readonly string _clients = $"{Prefix}-{Environment.ProcessId}-{Interlocked.Increment(ref _made)}";
    private readonly int _hosts;

    private NetworkLab(int hosts) => _hosts = hosts;

    /// <summary>In front of a command that is to run where the clients are.</summary>
    public IReadOnlyList<string> AmongClients => Within(_clients);

    /// <summary>Skips the test, with what to do, where the machine has no namespaces for it.</summary>
    public static async Task RequireAsync()
    {
        var probe = $"{Prefix}-{Environment.ProcessId}-probe";
        var refusal = await TryAsync("ip", "netns", "add", probe);
        if (refusal is null)
        {
            refusal = await TryAsync("ip", "netns", "exec", probe, "nft", "add", "table", "inet", "probe");
            await TryAsync("ip", "netns", "delete", probe);
        }

        Assert.SkipWhen(
            refusal is not null,
            "This test cuts brokers off from one another, which takes network namespaces and nft: root, or CAP_SYS_ADMIN and CAP_NET_ADMIN, "
            + $"and the packages iproute2 and nftables (scripts/test.sh installs them). The machine says: {refusal}");
    }

    public static async Task<NetworkLab> StartAsync(int hosts)
    {
        await RequireAsync();
        await RemoveLeftBehindAsync();
        var lab = new NetworkLab(hosts);
        try
        {
            await lab.BuildAsync();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public static string AddressOf(int host) => $"10.99.0.{host + 1}";

    /// <summary>In front of a command that is to run on a host.</summary>
    public IReadOnlyList<string> On(int host) => Within(NameOf(host));

    /// <summary>Drops what one host sends to another from now on.</summary>
    public Task CutAsync(int from, int to) => RunAsync(
        [.. On(to), "nft", "add", "rule", "inet", "faults", "in", "ip", "saddr", AddressOf(from), "counter", "drop"]);

    /// <summary>Lets everything through again; how many packets the cuts have dropped.</summary>
    public async Task<long> HealAsync()
    {
        var dropped = 0L;
        for (var host = 0; host < _hosts; host++)
        {
            var listed = await RunAsync([.. On(host), "nft", "list", "chain", "inet", "faults", "in"]);
            dropped += Packets().Matches(listed).Sum(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
            await RunAsync([.. On(host), "nft", "flush", "chain", "inet", "faults", "in"]);
        }

        return dropped;
    }

    /// <summary>Runs a command among the clients to its end.</summary>
    public Task<CommandOutcome> RunAmongClientsAsync(string program, IEnumerable<string> arguments, TimeSpan? limit = null) =>
        ChildProcess.RunAsync(AmongClients[0], [.. AmongClients.Skip(1), program, .. arguments], limit: limit);

    public async ValueTask DisposeAsync()
    {
        for (var host = 0; host < _hosts; host++)
        {
            await TryAsync("ip", "netns", "delete", NameOf(host));
        }

        await TryAsync("ip", "netns", "delete", _clients);
    }

    private async Task BuildAsync()
    {
        await RunAsync(["ip", "netns", "add", _clients]);
        await RunAsync(["ip", "-n", _clients, "link", "set", "lo", "up"]);
        await RunAsync(["ip", "-n", _clients, "link", "add", "bridge", "type", "bridge"]);
        await RunAsync(["ip", "-n", _clients, "addr", "add", $"{ClientAddress}/24", "dev", "bridge"]);
        await RunAsync(["ip", "-n", _clients, "link", "set", "bridge", "up"]);
        for (var host = 0; host < _hosts; host++)
        {
            var name = NameOf(host);
            await RunAsync(["ip", "netns", "add", name]);
            await RunAsync(["ip", "-n", name, "link", "set", "lo", "up"]);
            await RunAsync(["ip", "-n", _clients, "link", "add", $"host{host}", "type", "veth", "peer", "name", "eth0", "netns", name]);
            await RunAsync(["ip", "-n", _clients, "link", "set", $"host{host}", "master", "bridge", "up"]);
            await RunAsync(["ip", "-n", name, "addr", "add", $"{AddressOf(host)}/24", "dev", "eth0"]);
            await RunAsync(["ip", "-n", name, "link", "set", "eth0", "up"]);
            await RunAsync([.. On(host), "nft", "add", "table", "inet", "faults"]);
            await RunAsync([.. On(host), "nft", "add chain inet faults in { type filter hook input priority 0 ; policy accept ; }"]);
        }
    }

    /// <summary>Namespaces of runs that were killed.</summary>
    private static async Task RemoveLeftBehindAsync()
    {
        var listed = await RunAsync(["ip", "netns", "list"]);
        foreach (var name in listed.Split('\n').Select(line => line.Split(' ')[0]))
        {
            if (OfRun().Match(name) is { Success: true } run && !Directory.Exists($"/proc/{run.Groups[1].Value}"))
            {
                await TryAsync("ip", "netns", "delete", name);
            }
        }
    }

    private static IReadOnlyList<string> Within(string name) => ["ip", "netns", "exec", name];

    private static async Task<string> RunAsync(IReadOnlyList<string> command) =>
        (await ChildProcess.RunAsync(command[0], command.Skip(1))).RequireSuccess().Text;

    /// <summary>What went wrong; null where nothing did.</summary>
    private static async Task<string?> TryAsync(string program, params string[] arguments)
    {
        try
        {
            var outcome = await ChildProcess.RunAsync(program, arguments);
            return outcome.ExitCode == 0 ? null : outcome.StandardError.Trim();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return missing.Message;
        }
    }

    private string NameOf(int host) => $"{_clients}-{host}";

    [GeneratedRegex(@"packets (\d+)")]
    private static partial Regex Packets();

    [GeneratedRegex(@$"^{Prefix}-(\d+)-")]
    private static partial Regex OfRun();
}
