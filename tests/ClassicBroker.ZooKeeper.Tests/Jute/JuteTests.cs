using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Tests.Jute;

public sealed class JuteTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        var writer = new JuteWriter();
        writer.WriteBool(true);
        writer.WriteInt(-7);
        writer.WriteLong(long.MinValue);
        writer.WriteString("Grüße");
        writer.WriteString(null);
        writer.WriteNullableBuffer(null);
        writer.WriteBuffer(new byte[5000]);
        writer.WriteStrings(["a", ""]);
        writer.WriteAcl(ZnodeAcl.OpenAclUnsafe);

        var reader = new JuteReader(writer.Written);
        Assert.True(reader.ReadBool());
        Assert.Equal(-7, reader.ReadInt());
        Assert.Equal(long.MinValue, reader.ReadLong());
        Assert.Equal("Grüße", reader.ReadString());
        Assert.Null(reader.ReadNullableString());
        Assert.Null(reader.ReadNullableBytes());
        Assert.Equal(5000, reader.ReadBuffer().Length);
        Assert.Equal(["a", ""], reader.ReadStrings());
        Assert.Equal(ZnodeAcl.OpenAclUnsafe, reader.ReadAcl());
        Assert.Equal(0, reader.Remaining);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    [InlineData(5)]
    [InlineData(int.MaxValue)]
    public void Count_that_the_bytes_do_not_bear_out_is_malformed_and_allocates_nothing(int count)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(bytes, count);
        Assert.Throws<MalformedDataException>(() => new JuteReader(bytes).ReadNullableBytes());

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MalformedDataException>(() => new JuteReader(bytes).ReadStrings());
        Assert.Throws<MalformedDataException>(() => new JuteReader(bytes).ReadAcl());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/a/b-c.d", true)]
    [InlineData("/a/..b", true)]
    [InlineData("/ünïcode", true)]
    [InlineData("", false)]
    [InlineData("a", false)]
    [InlineData("//", false)]
    [InlineData("/a/", false)]
    [InlineData("/a/./b", false)]
    [InlineData("/a/..", false)]
    [InlineData("/a\0b", false)]
    [InlineData("/a\u0085", false)]
    [InlineData("/\ue000", false)]
    public void Path_is_valid_where_ZooKeeper_says_so(string path, bool valid) => Assert.Equal(valid, ZnodePath.IsValid(path));
}
