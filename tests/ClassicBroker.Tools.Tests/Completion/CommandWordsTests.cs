using ClassicBroker.Tools.Completion;

namespace ClassicBroker.Tools.Tests.Completion;

/// <summary>Words as bash passes them to a completion function.</summary>
public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("kafka-topics.sh|--bootstrap-server|h|:|9092|--topic|or", "kafka-topics.sh|--bootstrap-server|h:9092|--topic|or", 0)]
    [InlineData("kafka-topics.sh|--topic|=|or", "kafka-topics.sh|--topic=or", 8)]
    [InlineData("kafka-topics.sh|--topic|=", "kafka-topics.sh|--topic=", 8)]
    [InlineData("kafka-topics.sh|--group|a|:|b", "kafka-topics.sh|--group|a:b", 2)]
    [InlineData("kafka-topics.sh|", "kafka-topics.sh|", 0)]
    public void Words_that_were_broken_are_joined_again(string passed, string joined, int kept)
    {
        var words = CommandWords.OfBash(passed.Split('|'));
        Assert.Equal((joined, kept), (string.Join('|', words.Words), words.KeptLength));
    }
}
