using System.IO.Pipes;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Hosted;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole.Tests.Hosted;

/// <summary>The console's end of what it and its broker say to each other; the test is the broker.</summary>
public sealed class BrokerLinkTests : IDisposable
{
    private readonly AnonymousPipeServerStream _toConsole = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _fromConsole = new(PipeDirection.In);
    private readonly BrokerLink _link;
    private readonly LineWriter _answers;
    private readonly StreamReader _said;

    public BrokerLinkTests()
    {
        _link = new(
            new AnonymousPipeClientStream(PipeDirection.In, _toConsole.ClientSafePipeHandle),
            new AnonymousPipeClientStream(PipeDirection.Out, _fromConsole.ClientSafePipeHandle));
        (_answers, _said) = (new(_toConsole), new(_fromConsole));
    }

    public void Dispose()
    {
        _link.Dispose();
        _said.Dispose();
        _toConsole.Dispose();
        _fromConsole.Dispose();
    }

    [Fact]
    public async Task Answers_come_to_their_questions_whatever_their_order()
    {
        var answering = _link.AnswerUntilEndAsync();
        var (report, znode) = (_link.AskAsync(), _link.ReadZnodeAsync("/controller"));
        var (first, second) = (await SaidAsync(), await SaidAsync());
        Assert.Equal(("report", "znode", "/controller"), ((string?)first["say"], (string?)second["say"], (string?)second["path"]));
        Answer(second, new ZnodeReading(new([1], default), ["child"], [], 7).WriteTo);
        Answer(first, new BrokerReport(IsServing: true, []).WriteTo);
        Assert.Equal(["child"], (await znode).Children);
        Assert.True((await report).IsServing);
        _toConsole.Dispose();
        await answering;
    }

    [Fact]
    public async Task What_zookeeper_refuses_is_told_from_what_cannot_be_asked()
    {
        var answering = _link.AnswerUntilEndAsync();
        var missing = _link.ReadZnodeAsync("/missing");
        Answer(await SaidAsync(), json => Failure(json, ZooKeeperError.NoNode));
        Assert.Equal(ZooKeeperError.NoNode, (await Assert.ThrowsAsync<ZooKeeperException>(() => missing)).Code);
        var early = _link.ReadZnodeAsync("/controller");
        Answer(await SaidAsync(), json => Failure(json, null));
        Assert.Equal((503, "why"), (await Assert.ThrowsAsync<ApiException>(() => early)) is var refused ? (refused.Status, refused.Message) : default);
        _toConsole.Dispose();
        await answering;
    }

    [Fact]
    public async Task With_the_broker_all_questions_end()
    {
        var answering = _link.AnswerUntilEndAsync();
        var asked = _link.AskAsync();
        _toConsole.Dispose();
        await answering;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(_link.AskAsync);
    }

    [Fact]
    public async Task What_the_console_logs_goes_to_the_broker_under_its_category()
    {
        using var loggers = new LinkedLoggers(_link);
        loggers.CreateLogger("console.audit.logger").LogWarning(new InvalidOperationException("broken"), "ada at {Address}", "127.0.0.1");
        loggers.CreateLogger("console").LogDebug("not this");
        _link.Serving();
        var line = await SaidAsync();
        Assert.Equal(
            ("log", "console.audit.logger", (int)LogLevel.Warning), ((string?)line["say"], (string?)line["category"], (int)line["level"]!));
        Assert.StartsWith("ada at 127.0.0.1\nSystem.InvalidOperationException: broken", (string?)line["text"], StringComparison.Ordinal);
        Assert.Equal("serving", (string?)(await SaidAsync())["say"]);
    }

    [Fact]
    public async Task Without_an_order_there_is_nothing_to_serve()
    {
        _toConsole.Dispose();
        Assert.Null(await _link.ReadOrderAsync());
    }

    private static void Failure(Utf8JsonWriter json, ZooKeeperError? code)
    {
        json.WriteStartObject();
        json.WriteString("failure", "why");
        if (code is { } known)
        {
            json.WriteNumber("code", (int)known);
        }

        json.WriteEndObject();
    }

    private async Task<JsonNode> SaidAsync() => JsonNode.Parse((await _said.ReadLineAsync())!)!;

    private void Answer(JsonNode question, Action<Utf8JsonWriter> answer) => _answers.Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("id", (int)question["id"]!);
        json.WritePropertyName("answer");
        answer(json);
        json.WriteEndObject();
    });
}
