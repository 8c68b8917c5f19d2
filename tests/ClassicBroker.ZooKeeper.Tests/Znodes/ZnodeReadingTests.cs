using System.Text.Json;

namespace ClassicBroker.ZooKeeper.Tests.Znodes;

public sealed class ZnodeReadingTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0, 255, 10, 34 })]
    public void A_znode_comes_as_it_was_written(byte[]? stored)
    {
        var given = new ZnodeReading(
            new(stored, new(1, 2, 3, 4, 5, 6, 7, long.MaxValue, 9, 10, long.MinValue)), ["a", "b\nc"],
            [new(ZnodePermissions.Read | ZnodePermissions.Admin, "digest", "kafka:hash")], 0x1000_0000_0001);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            given.WriteTo(json);
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        var taken = ZnodeReading.From(document.RootElement);
        Assert.Equal(given.Data.Stored, taken.Data.Stored);
        Assert.Equal(given.Data.Stat, taken.Data.Stat);
        Assert.Equal(given.Children, taken.Children);
        Assert.Equal(given.Acl, taken.Acl);
        Assert.Equal(given.SessionId, taken.SessionId);
    }
}
