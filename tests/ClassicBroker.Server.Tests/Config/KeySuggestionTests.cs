using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Tests.Config;

public sealed class KeySuggestionTests
{
    [Theory]
    [InlineData("num.partitons", "num.partitions")]
    [InlineData("log.dri", "log.dir")]
    [InlineData("zookeper.connect", "zookeeper.connect")]
    [InlineData("advertised.listener", "advertised.listeners")]
    [InlineData("listener.name.internal.ssl.keystore.locaton", "listener.name.internal.ssl.keystore.location")]
    public void A_misspelt_key_brings_the_one_that_was_meant(string unknown, string meant) => Assert.Equal(meant, KeySuggestion.For(unknown));

    [Theory]
    [InlineData("my.plugin.endpoint")]
    [InlineData("x")]
    [InlineData("super.users")]
    public void A_key_of_something_else_brings_none(string unknown) => Assert.Null(KeySuggestion.For(unknown));
}
