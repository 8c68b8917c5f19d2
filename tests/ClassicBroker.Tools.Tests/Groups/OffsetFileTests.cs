using ClassicBroker.Primitives;
using ClassicBroker.Tools.Groups;

namespace ClassicBroker.Tools.Tests.Groups;

public sealed class OffsetFileTests
{
    [Fact]
    public void What_was_exported_is_read_back()
    {
        var offsets = new SortedDictionary<TopicPartition, long> { [new("t", 0)] = 5, [new("u", 3)] = 7 };
        var text = OffsetFile.Format(new Dictionary<string, IReadOnlyDictionary<TopicPartition, long>> { ["g"] = offsets });
        Assert.Equal("t,0,5\nu,3,7\n", text);
        Assert.Equal(offsets, OffsetFile.Parse(text, "g"));
    }

    [Fact]
    public void Several_groups_name_themselves_and_read_their_own_lines()
    {
        var one = new SortedDictionary<TopicPartition, long> { [new("t", 0)] = 1 };
        var two = new SortedDictionary<TopicPartition, long> { [new("t", 0)] = 2 };
        var text = OffsetFile.Format(
            new SortedDictionary<string, IReadOnlyDictionary<TopicPartition, long>> { ["a"] = one, ["b"] = two });
        Assert.Equal("a,t,0,1\nb,t,0,2\n", text);
        Assert.Equal(two, OffsetFile.Parse(text, "b"));
    }

    [Theory]
    [InlineData("t,0")]
    [InlineData("t,0,x")]
    [InlineData("t,-1,5")]
    [InlineData("a,b,c,d,e")]
    public void Lines_of_another_form_are_refused(string line) => Assert.Throws<JavaFailure>(() => OffsetFile.Parse(line, "g"));
}
