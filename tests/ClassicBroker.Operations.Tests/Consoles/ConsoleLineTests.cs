using System.Text;
using System.Text.Json;
using ClassicBroker.Operations.Consoles;

namespace ClassicBroker.Operations.Tests.Consoles;

/// <summary>What a broker and its console say to each other.</summary>
public sealed class ConsoleLineTests
{
    [Fact]
    public void An_order_comes_as_it_was_given_on_one_line()
    {
        var given = new ConsoleOrder(
            new Dictionary<string, string> { ["console.listeners"] = "http://127.0.0.1:0", ["console.oidc.client.secret"] = "a\nb \"c\" \u2028 ä" },
            new Dictionary<string, string> { ["bootstrap.servers"] = "127.0.0.1:9092" });
        var line = Assert.Single(Lines(writer => writer.Write(given.WriteTo)));
        using var document = JsonDocument.Parse(line);
        var taken = ConsoleOrder.From(document.RootElement);
        Assert.Equal(given.Properties, taken.Properties);
        Assert.Equal(given.ClientProperties, taken.ClientProperties);
        Assert.DoesNotContain("127.0.0.1", taken.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_comes_as_it_was_given_and_what_is_no_number_as_zero()
    {
        var given = new BrokerReport(IsServing: true, [new("Broker: bytes in", "bytes/s", 12.5), new("Broker: idle", "share", double.NaN)]);
        using var document = JsonDocument.Parse(Assert.Single(Lines(writer => writer.Write(given.WriteTo))));
        var taken = BrokerReport.From(document.RootElement);
        Assert.True(taken.IsServing);
        Assert.Equal([new("Broker: bytes in", "bytes/s", 12.5), new("Broker: idle", "share", 0)], taken.Values);
    }

    [Fact]
    public void Writing_to_a_process_that_has_ended_does_nothing()
    {
        var gone = new MemoryStream();
        gone.Dispose();
        new LineWriter(gone).Write(json => json.WriteNullValue());
    }

    private static string[] Lines(Action<LineWriter> write)
    {
        using var stream = new MemoryStream();
        write(new LineWriter(stream));
        return Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
