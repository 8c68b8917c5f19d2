using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Classic;

/// <summary>A member of a group in ZooKeeper in a process of its own: the sample <c>ZooKeeperGroup</c>. One test owns it.</summary>
internal sealed partial class ZooKeeperMemberProcess(ChildProcess process) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>What it has been handed so far.</summary>
    public IEnumerable<(int Partition, long Offset, string Value)> Messages =>
        MessageLine().Matches(process.Output).Select(match => (
            int.Parse(match.Groups["partition"].Value, CultureInfo.InvariantCulture),
            long.Parse(match.Groups["offset"].Value, CultureInfo.InvariantCulture),
            match.Groups["value"].Value));

    public string Output => process.Output;

    public static async Task<ZooKeeperMemberProcess> StartAsync(string zooKeeper, string group, string topic, int streams = 1)
    {
        var member = ChildProcess.Start(RepositoryLayout.Program("ZooKeeperGroup"), [zooKeeper, group, topic, $"{streams}"]);
        await member.WaitForAsync("joined as", Limit);
        return new(member);
    }

    public async Task<int> LeaveAsync()
    {
        process.Signal(ChildProcess.Sigterm);
        return await process.WaitForExitAsync(Limit);
    }

    public async Task KillAsync()
    {
        process.Signal(ChildProcess.Sigkill);
        await process.WaitForExitAsync(Limit);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    [GeneratedRegex(@"^message \S+ (?<partition>\d+) (?<offset>\d+) (?<value>\S+)$", RegexOptions.Multiline)]
    private static partial Regex MessageLine();
}
