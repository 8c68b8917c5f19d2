using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Rpc.Tests.Sasl;

public sealed class JaasParserTests
{
    private const string Plain = "org.apache.kafka.common.security.plain.PlainLoginModule";

    [Fact]
    public void A_value_is_one_login_module_with_options()
    {
        var entry = JaasParser.ParseValue(
            $"{Plain} required // who we are\n username=\"admin\" /* and\n how */ password='se\"c=ret;' user_bob=\"a\\\"b\\\\\\101\" last=word;");
        Assert.Equal(Plain, entry.Module);
        Assert.Equal(
            [("last", "word"), ("password", "se\"c=ret;"), ("user_bob", "a\"b\\A"), ("username", "admin")],
            entry.Options.Select(option => (option.Key, option.Value)));
    }

    [Theory]
    [InlineData("", "Login module not specified in JAAS config")]
    [InlineData("  // nothing", "Login module not specified in JAAS config")]
    [InlineData(Plain, "Login module control flag not specified in JAAS config")]
    [InlineData(Plain + " mandatory;", "Invalid login module control flag")]
    [InlineData(Plain + " required username=\"a\"", "JAAS config entry not terminated by semi-colon")]
    [InlineData(Plain + " required username;", "Value not specified for key 'username' in JAAS config")]
    [InlineData(Plain + " required username=;", "Value not specified for key 'username' in JAAS config")]
    [InlineData(Plain + " required password=\"p\" ssw0rd\";", "Value not specified for an option in JAAS config")]
    [InlineData(Plain + " required;" + Plain + " required;", "JAAS config property contains 2 login modules, should be 1 module")]
    [InlineData("{", "Login module not specified")]
    [InlineData("=;", "Login module not specified")]
    public void What_is_no_value_is_refused_in_Kafkas_words(string value, string sentence)
    {
        var refused = Assert.Throws<JaasException>(() => JaasParser.ParseValue(value));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ssw0rd", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_has_contexts_of_several_modules()
    {
        var contexts = JaasParser.ParseFile(
            $$"""
            /* for brokers */
            KafkaServer {
                {{Plain}} required username="admin" password="pw";
                org.apache.kafka.common.security.scram.ScramLoginModule required;
            };
            external.KafkaServer { {{Plain}} optional; };
            Client {
            };
            """);
        Assert.Equal(["Client", "KafkaServer", "external.KafkaServer"], contexts.Keys);
        Assert.Equal([Plain, LoginModules.Scram], contexts["KafkaServer"].Select(entry => entry.Module));
        Assert.Equal("pw", contexts["KafkaServer"][0].Option("password"));
        Assert.Empty(contexts["Client"]);
    }

    [Theory]
    [InlineData("KafkaServer")]
    [InlineData("KafkaServer {")]
    [InlineData("KafkaServer { }")]
    [InlineData("{ };")]
    [InlineData("KafkaServer { " + Plain + " required }; ")]
    [InlineData("KafkaServer { " + Plain + " required; ")]
    public void What_is_no_file_is_refused(string text) => Assert.Throws<JaasException>(() => JaasParser.ParseFile(text));

    [Fact]
    public void Secrets_of_an_entry_are_not_printed() =>
        Assert.Equal(Plain, JaasParser.ParseValue($"{Plain} required password=\"pw\";").ToString());

    [Fact]
    public void Modules_that_load_by_name_are_not_allowed_and_others_unknown()
    {
        var modules = new LoginModules(null);
        Assert.Equal(
            "com.sun.security.auth.module.JndiLoginModule is not allowed. Update System property "
            + "'org.apache.kafka.disallowed.login.modules' to allow com.sun.security.auth.module.JndiLoginModule",
            Refused("com.sun.security.auth.module.JndiLoginModule"));
        Assert.Contains("is not allowed", Refused("com.sun.security.auth.module.LdapLoginModule"), StringComparison.Ordinal);
        Assert.Equal("No LoginModule found for no.Such", Refused("no.Such"));
        modules.Check(new JaasEntry(Plain, new Dictionary<string, string>()));
        Assert.Throws<JaasException>(() => new LoginModules(Plain).Check(new JaasEntry(Plain, new Dictionary<string, string>())));

        string Refused(string module) =>
            Assert.Throws<JaasException>(() => modules.Check(new JaasEntry(module, new Dictionary<string, string>()))).Message;
    }
}
