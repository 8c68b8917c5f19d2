using System.Text;
using ClassicBroker.AdminConsole.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.AdminConsole.Tests.Messages;

public sealed class PayloadViewTests
{
    [Fact]
    public void Nothing_has_no_size() => Assert.Equal(new PayloadView(null, null, null, false), PayloadView.Of(NullableBytes.Null));

    [Fact]
    public void Text_is_text_and_the_rest_is_base64()
    {
        Assert.Equal(new PayloadView(5, "né\u0000\n"[..4], null, false), PayloadView.Of(Encoding.UTF8.GetBytes("né\u0000\n")));
        Assert.Equal(new PayloadView(2, null, "wyg=", false), PayloadView.Of(new byte[] { 0xc3, 0x28 }));
    }

    [Theory]
    [InlineData("é", 1)]
    [InlineData("€", 1)]
    [InlineData("€", 2)]
    [InlineData("😀", 1)]
    [InlineData("😀", 3)]
    public void A_character_across_the_end_of_the_preview_is_left_out(string character, int bytesBefore)
    {
        var text = new string('x', PayloadView.PreviewBytes - bytesBefore) + character + "more";
        var view = PayloadView.Of(Encoding.UTF8.GetBytes(text));
        Assert.Equal((new string('x', PayloadView.PreviewBytes - bytesBefore), true), (view.Text, view.IsCut));
    }

    [Fact]
    public void A_character_that_ends_with_the_preview_stays()
    {
        var text = new string('x', PayloadView.PreviewBytes - 3) + "€more";
        Assert.EndsWith("x€", PayloadView.Of(Encoding.UTF8.GetBytes(text)).Text, StringComparison.Ordinal);
    }
}
