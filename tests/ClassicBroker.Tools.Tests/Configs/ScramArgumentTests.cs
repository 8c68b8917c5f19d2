using ClassicBroker.Client;
using ClassicBroker.Tools.Configs;

namespace ClassicBroker.Tools.Tests.Configs;

public sealed class ScramArgumentTests
{
    [Fact]
    public void Credentials_are_those_of_the_standard()
    {
        // The example exchange of RFC 7677, as stored.
        Assert.Equal(
            "salt=W22ZaJ0SNY7soEsUEjb6gQ==,stored_key=WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
            + "server_key=wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=,iterations=4096",
            ScramArgument.Parse("SCRAM-SHA-256", "password=pencil").ToZnodeText(Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==")));
    }

    [Theory]
    [InlineData("iterations=8192,password=pw", 8192, "pw")]
    [InlineData("password=a,b=c", 4096, "a,b=c")]
    [InlineData("iterations=-1,password=", 4096, "")]
    public void Everything_behind_the_password_is_the_password(string argument, int iterations, string password) =>
        Assert.Equal(
            new ScramArgument(ScramMechanism.Sha512, password, iterations), ScramArgument.Parse("SCRAM-SHA-512", argument));

    [Theory]
    [InlineData("iterations=4095,password=x", "Iterations 4095 is less than the minimum 4096 required for SCRAM-SHA-256")]
    [InlineData("iterations=4096", "Invalid credential property SCRAM_SHA_256=iterations=4096")]
    [InlineData("iterations=many,password=x", "Invalid credential property SCRAM_SHA_256=[hidden]")]
    [InlineData("iterations=4096 password=x", "Invalid credential property SCRAM_SHA_256=[hidden]")]
    [InlineData("secret", "Invalid credential property SCRAM_SHA_256=[hidden]")]
    public void Weak_or_missing_passwords_are_refused(string argument, string message) =>
        Assert.Equal(message, Assert.Throws<ToolException>(() => ScramArgument.Parse("SCRAM-SHA-256", argument)).Message);
}
