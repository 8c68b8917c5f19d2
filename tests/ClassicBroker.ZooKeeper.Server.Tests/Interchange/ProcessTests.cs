using ClassicBroker.Platform;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper.Server.Tests.Conformance;

namespace ClassicBroker.ZooKeeper.Server.Tests.Interchange;

/// <summary>Our executable as a process: what it prints, how it stops, and what a kill leaves behind.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ScratchDirectory _scratch = new();
    private readonly int _port = LoopbackPorts.Next();

    [Fact]
    public async Task Killed_under_load_again_and_again_it_has_all_it_acknowledged()
    {
        var acknowledged = 0;
        for (var round = 0; round < 5; round++)
        {
            await using var process = await StartAsync();
            await using var client = await TestClient.ConnectAsync($"127.0.0.1:{_port}");
            var names = (await client.ZooKeeper.GetChildrenAsync("/", watch: false)).Names.ToHashSet();
            Assert.All(Enumerable.Range(0, acknowledged), i => Assert.Contains($"n{i:D6}", names));

            acknowledged = names.Count(name => name.StartsWith('n'));
            var outcomes = await client.Loop.InvokeAsync(async () =>
            {
                var writes = Enumerable.Range(acknowledged, 2000).Select(i => CreateAsync(client.ZooKeeper, i)).ToList();
                await writes[300];
                process.Signal(ChildProcess.Sigkill);
                return await Task.WhenAll(writes);
            });
            acknowledged += Array.FindLastIndex(outcomes, done => done) + 1;
            Assert.Contains(false, outcomes);
        }
    }

    [Fact]
    public async Task It_says_where_it_listens_and_stops_when_asked_to()
    {
        await using var process = await StartAsync();
        Assert.Contains($"INFO binding to port 127.0.0.1/127.0.0.1:{_port} (", process.Output, StringComparison.Ordinal);
        Assert.Equal("imok", await FourLetterWord.AskAsync(_port, "ruok"));
        process.Signal(ChildProcess.Sigterm);
        Assert.Equal(0, await process.WaitForExitAsync(Limit));
    }

    [Theory]
    [InlineData("dataDir is missing")]
    [InlineData("tickTime=fast: a number from", "tickTime=fast")]
    [InlineData("server.1: this server runs alone", "server.1=a:1:2")]
    [InlineData("minSessionTimeout must not be larger", "minSessionTimeout=9", "maxSessionTimeout=8")]
    public async Task Wrong_configuration_is_named_and_ends_it(string expected, params string[] lines)
    {
        var file = _scratch.File("wrong.properties");
        await File.WriteAllLinesAsync(file, lines.Length == 0 ? [] : [.. lines, $"dataDir={_scratch.Path}"]);
        var outcome = await ChildProcess.RunAsync("dotnet", ["exec", Executable, file]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(expected, outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_in_use_is_named_and_ends_it()
    {
        await using var first = await StartAsync();
        var file = await WriteConfigAsync("other");
        var outcome = await ChildProcess.RunAsync("dotnet", ["exec", Executable, file]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"{_port}", outcome.Text, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();

    private static string Executable => Path.Combine(AppContext.BaseDirectory, "zookeeper-server.dll");

    private static async Task<bool> CreateAsync(IZooKeeper zooKeeper, int number)
    {
        try
        {
            await zooKeeper.CreateAsync($"/n{number:D6}", default, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
            return true;
        }
        catch (ConnectionLossException)
        {
            return false;
        }
    }

    private async Task<ChildProcess> StartAsync()
    {
        var process = ChildProcess.Start("dotnet", ["exec", Executable, await WriteConfigAsync("data")]);
        await process.WaitForAsync("binding to port", Limit);
        return process;
    }

    private async Task<string> WriteConfigAsync(string data)
    {
        var file = _scratch.File($"{data}.properties");
        await File.WriteAllLinesAsync(
            file,
            [$"dataDir={_scratch.File(data)}", $"clientPort={_port}", "clientPortAddress=127.0.0.1", "maxClientCnxns=0", "snapCount=500", "tickTime=200"]);
        return file;
    }
}
