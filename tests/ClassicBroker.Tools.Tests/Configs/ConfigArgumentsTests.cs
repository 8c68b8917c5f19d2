using ClassicBroker.Tools.Configs;

namespace ClassicBroker.Tools.Tests.Configs;

public sealed class ConfigArgumentsTests
{
    [Fact]
    public void Brackets_keep_commas_together()
    {
        var configs = ConfigArguments.Parse("k1=v1,k2=[v1,v2],k3=,SCRAM-SHA-256=[iterations=8192,password=pw]");
        Assert.Equal(("v1", "v1,v2", ""), (configs["k1"], configs["k2"], configs["k3"]));
        Assert.Equal("iterations=8192,password=pw", configs["SCRAM-SHA-256"]);
    }

    [Fact]
    public void A_key_without_a_value_is_refused() =>
        Assert.Contains("must be in the format \"key=val\"", Assert.Throws<ToolException>(() => ConfigArguments.Parse("novalue")).Message);
}
