"""Common given names of many places, to notice a real name before it is shown to everyone.

Names that are also plain words (rose, hope, will, mark) are left out: a pseudonym may well be made of those.
"""

GIVEN_NAMES = frozenset(
    """
    aaron abdul abdullah abigail adam adrian agnes agnieszka ahmad ahmed aisha alan albert alberto
    alejandra alejandro alex alexander alexandra alfonso alfred ali alice alicia alison allison amanda
    amelia amina amir amit amy ana anastasia anders andre andrea andreas andrei andres andrew andrzej
    angela angelica anil anita anna anne annette annie anthony antoine anton antonio anya arjun arthur
    arturo ashley astrid audrey aurelia ayesha barbara beatrice beatriz benjamin bernard bernd beth
    bethany bjorn boris brad bradley brandon brenda brian bridget bruce bruno bryan caitlin camila carl
    carla carlos carmen carol caroline catherine cecilia charles charlotte cheryl chiara chloe chris
    christian christina christine christopher cindy claire clara claudia colin connor craig cristina
    cynthia dagmar daniel daniela danielle darren dave david deborah debra denise dennis derek diana diane
    diego dieter dimitri dmitri dominik donald donna dorothy douglas dylan ebony eduardo edward edwin
    eileen elaine elena elisabeth eliza elizabeth ellen emily emma enrique eric erica erik erika ernest
    esther ethan eugene eva evelyn ewa fatima felipe felix fernanda fernando fiona florian frances
    francesca francesco francis francisco frederick fritz gabriel gabriela gabriele gareth gary gavin
    geoffrey george gerald gianni giovanni giulia giuseppe gloria gordon graham greg gregory guillermo
    gustavo hamza hannah hans harold harry hassan heidi heinrich helen helena henry herbert hiroshi holly
    howard hugo ian ibrahim ignacio igor inga ingrid irene irina isaac isabel isabella ivan jack jacob
    jacqueline jacques jake james jamie jan jane janet janice jasmin jason javier jean jeff jeffrey
    jennifer jeremy jerome jessica jesus jill jim jimmy joan joanna joe joel johan johanna john johnny
    jonas jonathan jorge jose josef joseph joshua juan juanita judith julia julian julie julio jurgen
    justin kamal karen karin karl karolina katarzyna kate katherine kathleen kathryn katie katrina kavita
    keith kelly ken kenji kenneth kevin khalid kim kimberly klaus krzysztof kumar kurt kyle lars laura
    lauren laurent leah leila leon leonard leonardo leslie liam linda lindsay lisa lorenzo lori louis
    louise luca lucas lucia lucy luigi luis luke lydia maciej malcolm malik manuel marc marcel marcin
    marco marcos marcus margaret maria mariam marian marie mario marion marta martha martin mary mateo
    matteo matthew maureen maurice max maya megan mehdi mehmet melanie melissa michael michelle miguel
    mikhail mohamed mohammad mohammed monica monika muhammad murat mustafa nadia nancy naomi natalia
    natalie natasha nathan nicholas nicola nicolas nicole nigel nikolai nikos nina noah nora oksana olena
    olga oliver olivia omar oscar pablo pamela paolo pascal patricia patrick paul paula paulo pavel pedro
    peter petra philip philippe phillip pierre piotr priya rachel rafael rahul raj rajesh ralph ramon
    raquel rashid raymond rebecca renate reza ricardo richard rita robert roberto rodrigo roger roland
    ronald rosa rosemary ruben rudolf russell ruth ryan sabine sam samantha samuel sandra sanjay santiago
    sara sarah scott sean sebastian sergei sergio sharon sheila shirley silvia simon sofia sophia sophie
    stanley stefan stefanie stella stephanie stephen steve steven stuart sunita susan susanne suzanne sven
    svetlana sylvia takashi tamara tanya tatiana ted teresa terry theodore theresa thomas tiffany tim
    timothy tina todd tom tomasz tony tracy tyler ursula uwe valentina valeria vanessa vera veronica
    victor victoria vijay vincent virginia vivian vladimir walter wanda warren wayne wendy werner wilhelm
    william wolfgang xavier yan yolanda yosef youssef yuki yusuf yvonne zachary zoe
    """.split()
)
