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

    [Fact]
    public void Scram_credentials_are_those_of_the_standard()
    {
        // The example exchange of RFC 7677, as stored.
        Assert.Equal(
            "salt=W22ZaJ0SNY7soEsUEjb6gQ==,stored_key=WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
            + "server_key=wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=,iterations=4096",
            ScramCredential.Derive("SCRAM-SHA-256", "pencil", 4096, Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==")));
    }

    [Theory]
    [InlineData("iterations=4095,password=x")]
    [InlineData("iterations=4096")]
    public void Weak_or_missing_passwords_are_refused(string argument) =>
        Assert.Throws<ToolException>(() => ScramCredential.FromArgument("SCRAM-SHA-256", argument));
}
